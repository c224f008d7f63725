// title: Permissions that suffice to become administrator, for export
// (:Permission)-[:ESCALATES_TO]->(:Role)
// columns: permissionId, roleId, how, condition
UNWIND $ids AS id
MATCH (a:Permission {workspace: $workspace, id: id})-[e:ESCALATES_TO]->(b:Role {workspace: $workspace})
RETURN collect([a.id, b.id, e.how, e.condition]) AS page
