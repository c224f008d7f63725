// title: The permissions of these roles
// (:Role)-[:GRANTS]->(:Permission)
UNWIND $ids AS id
MATCH (x:Role {workspace: $workspace, id: id})-[:GRANTS]->(p:Permission {workspace: $workspace})
RETURN x.id AS id, collect([p.id]) AS page
