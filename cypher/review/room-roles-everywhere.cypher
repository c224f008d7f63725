// title: Room roles that are held everywhere
// question: Who holds owner, moderator, leader or another room role on the account itself, and so in every room?
// why: On the account a room role counts in every room and team, also where its holder is no member.
// controls: SOC2 CC6.3, ISO27001 A.8.2
// severity: high
// needs: users, roles, permissions
// examines: assignments
// columns: user, role, active, serviceAccount, permissions, gives, path
// when-incomplete: rows stay true
MATCH (r:Role {workspace: $workspace, roomScoped: true})<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WITH u, r, COLLECT { MATCH (r)-[:GRANTS]->(p:Permission) RETURN p.id ORDER BY p.id } AS gives
RETURN coalesce(u.username, u.id) AS user, coalesce(r.name, r.id) AS role, u.active AS active,
       u.serviceAccount AS serviceAccount, size(gives) AS permissions, gives,
       [coalesce(u.username, u.id), coalesce(r.name, r.id)] AS path
ORDER BY role, user, r.id
