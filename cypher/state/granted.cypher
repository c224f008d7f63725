// title: The roles that grant one of these permissions, each with its name
// (:Role)-[:GRANTS]->(:Permission)
UNWIND $ids AS id
MATCH (p:Permission {workspace: $workspace, id: id})<-[:GRANTS]-(r:Role {workspace: $workspace})
RETURN collect([r.id, p.id, r.name]) AS page
