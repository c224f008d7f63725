// title: Which roles that matter are held together, and by how many
// question: Which sets of roles, of those that grant a permission of tier A or B, do accounts hold?
// needs: users, roles, permissions
// columns: roles (their ids), accounts
MATCH (r:Role {workspace: $workspace})
WHERE r.id >= '' AND (r.id = 'admin' OR EXISTS { MATCH (r)-[:GRANTS]->(p:Permission) WHERE p.tier IN ['A', 'B'] })
MATCH (r)<-[:HAS_ROLE]-(u:User)
WITH u, r.id AS id ORDER BY id
WITH u, collect(id) AS roles
RETURN roles, count(*) AS accounts ORDER BY roles
