// title: Role ids that no role carries
// question: Which role ids are on accounts, or in the permission table, while there is no such role?
// why: Whoever has such an id on the account has what it grants, and no page of Rocket.Chat shows it. Deleting a role leaves its id in the permission table.
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-2
// severity: low
// needs: users, roles, permissions
// examines: roles
// param absent_roles: ["livechat-monitor", "auditor", "auditor-log", "anonymous"] = role ids that the defaults of permissions name and a new workspace of this release does not have; they count where somebody holds one
// columns: role, holders, users, permissions
MATCH (r:Role {workspace: $workspace, dangling: true})
WITH r, COUNT { (r)<-[:HAS_ROLE]-(:User) } AS holders,
     COLLECT { MATCH (r)-[:GRANTS]->(p:Permission) RETURN p.id ORDER BY p.id } AS permissions
WHERE holders > 0 OR NOT r.id IN $absent_roles
RETURN r.id AS role, holders,
       COLLECT { MATCH (r)<-[:HAS_ROLE]-(u:User) RETURN coalesce(u.username, u.id) AS user ORDER BY user LIMIT 20 } AS users,
       permissions
ORDER BY holders DESC, role
