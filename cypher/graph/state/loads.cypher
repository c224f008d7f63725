// title: The loads that saw a workspace about an instant
// param at: an instant, ISO in UTC
// columns: first and next (the instants of the first load, and of the first after that instant), last (the properties of the last `Sync` before)
// What is older than the history that is still whole (historySince, see prune) counts as never loaded.
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
MATCH (s:Sync {workspace: $workspace}) WHERE s.startedAt >= coalesce(w.historySince, '')
WITH s ORDER BY s.startedAt
WITH collect(s) AS loads
RETURN head(loads).startedAt AS first, head([s IN loads WHERE s.startedAt > $at]).startedAt AS next,
       properties(last([s IN loads WHERE s.startedAt <= $at])) AS last
