// title: Records of runs of long ago, but for the last one and those that something is attached to
// param before: an instant, ISO in UTC
// param batch: how many at most
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
MATCH (s:Sync {workspace: $workspace})
WHERE s.startedAt < $before AND s.id <> coalesce(w.lastSyncId, '') AND NOT EXISTS { (s)--() }
WITH s LIMIT $batch
WITH collect(s) AS gone, count(s) AS number
FOREACH (s IN gone | DELETE s)
RETURN number
