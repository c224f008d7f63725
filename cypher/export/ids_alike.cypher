// title: Ids that differ in nothing but upper and lower case, for export
// BloodHound writes all ids in upper case.
// columns: kind, ids
MATCH (x:User {workspace: $workspace}) WITH toUpper(x.id) AS alike, collect(x.id) AS ids WHERE size(ids) > 1
RETURN 'users' AS kind, ids
UNION ALL
MATCH (x:Role {workspace: $workspace}) WITH toUpper(x.id) AS alike, collect(x.id) AS ids WHERE size(ids) > 1
RETURN 'roles' AS kind, ids
UNION ALL
MATCH (x:Team {workspace: $workspace}) WITH toUpper(x.id) AS alike, collect(x.id) AS ids WHERE size(ids) > 1
RETURN 'teams' AS kind, ids
UNION ALL
MATCH (x:Permission {workspace: $workspace}) WITH toUpper(x.id) AS alike, collect(x.id) AS ids WHERE size(ids) > 1
RETURN 'permissions' AS kind, ids
UNION ALL
MATCH (x:Room {workspace: $workspace}) WITH toUpper(x.id) AS alike, collect(x.id) AS ids WHERE size(ids) > 1
RETURN 'rooms' AS kind, ids
