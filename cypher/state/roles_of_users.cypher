// title: The roles of these users
// (:User)-[:HAS_ROLE]->(:Role)
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})-[:HAS_ROLE]->(r:Role {workspace: $workspace})
RETURN x.id AS id, collect([r.id]) AS page
