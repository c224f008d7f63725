// title: Memberships of a workspace; a team that has lost one is due for a look
// param batch: how many at most
// (:User)-[:MEMBER_OF]->(:Team)
// Collected first: ArcadeDB loses its way among the edges of a node when many of them go while it walks.
MATCH (t:Team {workspace: $workspace})<-[e:MEMBER_OF]-(:User {workspace: $workspace})
WITH t, e LIMIT $batch
WITH t, collect(e) AS gone, count(e) AS each
FOREACH (e IN gone | DELETE e)
REMOVE t.fingerprint
RETURN sum(each) AS number
