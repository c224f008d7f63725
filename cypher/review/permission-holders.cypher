// title: Holders of one permission
// question: Who holds this permission, and through which role?
// why: Any permission that matters here can be gone through like this. In one room more accounts may hold it, through a role in that room.
// controls: SOC2 CC6.1, ISO27001 A.5.18, NIST AC-3
// severity: info
// needs: users, roles, permissions
// examines: assignments
// param permission: "access-permissions" = id of a permission
// columns: user, role, active, serviceAccount, federated, lastLogin, path
// when-incomplete: rows stay true
MATCH (p:Permission {workspace: $workspace, id: $permission})<-[:GRANTS]-(r:Role)
MATCH (r)<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WITH u, p, r.id AS id, coalesce(r.name, r.id) AS role, coalesce(u.username, u.id) AS user
RETURN user, role, u.active AS active, u.serviceAccount AS serviceAccount, u.federated AS federated,
       u.lastLogin AS lastLogin, [user, role, p.id] AS path
ORDER BY role, user, id
