// title: Memberships that ended before an instant: the edges go
// param before: an instant, ISO in UTC
// param batch: how many at most
// (:User|:FormerUser)-[:WAS_MEMBER_OF]->(:Team|:FormerTeam)
// Collected first: ArcadeDB loses its way among the edges of a node when many of them go while it walks.
MATCH (:Team|FormerTeam {workspace: $workspace})<-[h:WAS_MEMBER_OF]-(:User|FormerUser {workspace: $workspace})
WHERE h.until < $before
WITH h LIMIT $batch
WITH collect(h) AS gone, count(h) AS number
FOREACH (h IN gone | DELETE h)
RETURN number
