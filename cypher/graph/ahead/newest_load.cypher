// title: When the newest load began that is not dated after an instant
// param at: the instant, ISO in UTC
MATCH (s:Sync {workspace: $workspace})
  USING INDEX SEEK s:Sync(workspace, id)
WHERE s.id >= '' AND s.startedAt <= $at
RETURN max(s.startedAt) AS startedAt
