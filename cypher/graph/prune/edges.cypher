// title: <HISTORY> edges that ended before an instant go
// each: edge with a history
// param before: an instant, ISO in UTC
// param batch: how many at most
// (:<Start>|:Former<Start>)-[:<HISTORY>]->(:<End>|:Former<End>)
// Collected first: ArcadeDB loses its way among the edges of a node when many of them go while it walks.
MATCH (:<End>|Former<End> {workspace: $workspace})<-[h:<HISTORY>]-(:<Start>|Former<Start> {workspace: $workspace})
WHERE h.until < $before
WITH h LIMIT $batch
WITH collect(h) AS gone, count(h) AS number
FOREACH (h IN gone | DELETE h)
RETURN number
