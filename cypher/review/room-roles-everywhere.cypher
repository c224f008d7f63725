// title: Room roles that are held everywhere
// question: Who holds owner, moderator, leader or another room role on the account itself, and so in every room?
// controls: SOC2 CC6.3, ISO27001 A.8.2
// severity: high
// needs: users, roles
// columns: user, role, active, serviceAccount
MATCH (u:User {workspace: $workspace})-[:HAS_ROLE]->(r:Role {roomScoped: true})
RETURN u.username AS user, r.name AS role, u.active AS active, u.serviceAccount AS serviceAccount
ORDER BY role, user
