// title: Roles of a workspace, former ones too, with the edges that are left on them
// param batch: how many at most
MATCH (x:Role|FormerRole {workspace: $workspace})
WITH x LIMIT $batch
WITH collect(x) AS gone, count(x) AS number
FOREACH (x IN gone | DETACH DELETE x)
RETURN number
