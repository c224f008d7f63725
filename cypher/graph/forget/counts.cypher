// title: What the graph holds of a user that is gone
// param id: id of the user
// columns: nodes, edges (history)
OPTIONAL MATCH (u:FormerUser {workspace: $workspace, id: $id})
OPTIONAL MATCH (u)-[h:HAD_ROLE|WAS_MEMBER_OF]->()
RETURN count(DISTINCT u) AS nodes, count(h) AS edges
