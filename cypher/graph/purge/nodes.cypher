// title: <Noun> of a workspace, former ones too, with the edges that are left on them
// each: node of a workspace
// param batch: how many at most
MATCH (x:<Label or Former> {workspace: $workspace})
WITH x LIMIT $batch
WITH collect(x) AS gone, count(x) AS number
FOREACH (x IN gone | DETACH DELETE x)
RETURN number
