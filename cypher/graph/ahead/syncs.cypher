// title: Loads that are dated after an instant no longer say when they were, and history is not whole from there on
// param now: the instant, ISO in UTC
// columns: loads (the instants that they said)
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
SET w.historySince = CASE WHEN w.historySince > $now THEN $now ELSE w.historySince END,
    w.decisionsSince = CASE WHEN w.decisionsSince > $now THEN $now ELSE w.decisionsSince END,
    w.mendedAt = CASE WHEN w.mendedAt > $now THEN $now ELSE w.mendedAt END
WITH w
MATCH (s:Sync {workspace: $workspace}) WHERE s.id >= '' AND s.startedAt > $now
SET s.startedAhead = s.startedAt
REMOVE s.startedAt
RETURN s.startedAhead AS startedAt ORDER BY startedAt
