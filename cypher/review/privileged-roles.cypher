// title: Privileged roles
// question: Which roles give power over the whole workspace, how many hold each, and does it demand a second factor?
// why: These are the roles to hand out by name and for a time. Rocket.Chat does not tell whether an account has a second factor, and of an old role not whether it demands one.
// controls: ISO27001 A.8.2, SOC2 CC6.3, NIST AC-6(7)
// severity: info
// needs: users, roles, permissions
// examines: roles
// columns: role, because, secondFactor, holders, active, serviceAccounts, tierA
MATCH (r:Role {workspace: $workspace})
WITH r, COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'}) RETURN p.id ORDER BY p.id } AS tierA
WHERE r.id = 'admin' OR size(tierA) > 0 OR (r.roomScoped = true AND EXISTS { (r)<-[:HAS_ROLE]-(:User) })
OPTIONAL MATCH (r)<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WITH r, tierA, count(u) AS holders, sum(CASE WHEN u.active = true THEN 1 ELSE 0 END) AS active,
     sum(CASE WHEN u.serviceAccount = true THEN 1 ELSE 0 END) AS serviceAccounts
RETURN coalesce(r.name, r.id) AS role,
       CASE WHEN r.id = 'admin' THEN 'administrator' WHEN size(tierA) > 0 THEN 'suffices to become administrator'
            ELSE 'room role on the account' END AS because,
       CASE r.mandatory2fa WHEN true THEN 'demanded' WHEN false THEN 'not demanded' ELSE 'not visible' END AS secondFactor,
       holders, active, serviceAccounts, tierA
ORDER BY holders DESC, role, r.id
