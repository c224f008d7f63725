// title: What the graph holds of a user that is gone
// param id: id of the user
// columns: nodes, edges (history), left (present teams and memberships that carry the id, as Rocket.Chat does)
OPTIONAL MATCH (u:FormerUser {workspace: $workspace, id: $id})
OPTIONAL MATCH (u)-[h:HAD_ROLE|WAS_MEMBER_OF]->()
WITH count(DISTINCT u) AS nodes, count(h) AS edges
OPTIONAL MATCH (t:Team {workspace: $workspace}) WHERE t.createdById = $id
WITH nodes, edges, count(t) AS teams
OPTIONAL MATCH (:Team {workspace: $workspace})<-[m:MEMBER_OF]-(:User {workspace: $workspace}) WHERE m.addedById = $id
WITH nodes, edges, teams, count(m) AS memberships
RETURN nodes, edges, teams + memberships AS left
