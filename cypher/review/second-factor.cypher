// title: Privileged roles that demand no second factor
// question: Which roles with power over the whole workspace let their holders go without a second factor?
// why: A password alone is then enough to be administrator. Only the web client holds to the demand. Whether an account has a second factor is not visible.
// controls: ISO27001 A.8.5, SOC2 CC6.1, CIS 6.5, NIST IA-2(1)
// severity: medium
// needs: users, roles, permissions
// examines: roles
// columns: role, holders, because, tierA
// A role of which the server says nothing about a second factor is in privileged-roles.
MATCH (r:Role {workspace: $workspace, mandatory2fa: false})
WITH r, COUNT { (r)<-[:HAS_ROLE]-(:User) } AS holders,
     COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'}) RETURN p.id ORDER BY p.id } AS tierA
WHERE holders > 0 AND (r.id = 'admin' OR r.roomScoped = true OR size(tierA) > 0)
RETURN coalesce(r.name, r.id) AS role, holders,
       CASE WHEN r.id = 'admin' THEN 'administrator' WHEN size(tierA) > 0 THEN 'suffices to become administrator'
            ELSE 'room role on the account' END AS because, tierA
ORDER BY holders DESC, role, r.id
