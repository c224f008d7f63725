// title: What the graph lost when its files were mended: the instants before which decisions and history may be missing
// columns: decisions, history (null: none was lost, or it is pruned since), again (when the first load after that began)
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
OPTIONAL MATCH (s:Sync {workspace: $workspace}) WHERE s.id >= '' AND s.startedAt >= w.mendedAt
WITH w, min(s.startedAt) AS again
RETURN w.decisionsSince AS decisions, CASE WHEN w.historySince <= w.mendedAt THEN w.historySince END AS history, again
