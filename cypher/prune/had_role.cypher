// title: Roles held that ended before an instant: the edges go
// param before: an instant, ISO in UTC
// param batch: how many at most
// (:User|:FormerUser)-[:HAD_ROLE]->(:Role|:FormerRole)
// Collected first: ArcadeDB loses its way among the edges of a node when many of them go while it walks.
MATCH (:Role|FormerRole {workspace: $workspace})<-[h:HAD_ROLE]-(:User|FormerUser {workspace: $workspace})
WHERE h.until < $before
WITH h LIMIT $batch
WITH collect(h) AS gone, count(h) AS number
FOREACH (h IN gone | DELETE h)
RETURN number
