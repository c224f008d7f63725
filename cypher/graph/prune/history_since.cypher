// title: Say from when on the history is whole
// param before: an instant, ISO in UTC
// Of the time before it nothing is known any more. Nothing that ended is newer than the last load.
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
MATCH (s:Sync {workspace: $workspace, id: w.lastSyncId})
WITH w, CASE WHEN s.startedAt < $before THEN s.startedAt ELSE $before END AS since
SET w.historySince = CASE WHEN w.historySince > since THEN w.historySince ELSE since END
RETURN w.historySince AS since
