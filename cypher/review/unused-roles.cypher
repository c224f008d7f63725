// title: Custom roles that nobody holds
// question: Which roles were made here and are held by nobody?
// why: A role without holders is looked after by nobody, and is handed out some day without a look at what it gives.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-6
// severity: low
// needs: users, roles, permissions
// examines: roles
// columns: role, description, permissions, tierA
// Roles of rooms are held in rooms, which is not visible.
MATCH (r:Role {workspace: $workspace, builtIn: false, roomScoped: false})
WHERE NOT EXISTS { (r)<-[:HAS_ROLE]-(:User) }
RETURN coalesce(r.name, r.id) AS role, r.description AS description,
       COUNT { (r)-[:GRANTS]->(:Permission) } AS permissions,
       COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'}) RETURN p.id ORDER BY p.id } AS tierA
ORDER BY role, r.id
