// title: Permissions that make administrator together with others, for export
// (:Permission)-[:ESCALATES_WITH]->(:Role)
// columns: permissionId, roleId, key, needs, how, condition
UNWIND $ids AS id
MATCH (a:Permission {workspace: $workspace, id: id})-[e:ESCALATES_WITH]->(b:Role {workspace: $workspace})
RETURN collect([a.id, b.id, e.key, e.needs, e.how, e.condition]) AS page
