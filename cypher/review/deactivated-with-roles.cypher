// title: Deactivated accounts that still hold a role
// question: Which deactivated accounts hold more than the roles that everybody has?
// why: Who leaves should lose their roles: they work again the moment the account is switched on.
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-2(3)
// severity: medium
// needs: users, roles
// examines: accounts
// param default_roles: ["user"] = roles, by name or id, that everybody has and that are no finding
// columns: user, roles, name, serviceAccount, federated, lastLogin, path
// A name counts where no role has it as its id: a role that was named after another is not that role. Who was never approved has not left.
MATCH (r:Role {workspace: $workspace})
WHERE NOT r.id IN $default_roles
  AND NOT (coalesce(r.name, '') IN $default_roles AND NOT EXISTS { (:Role {workspace: $workspace, id: r.name}) })
MATCH (r)<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WHERE u.active = false AND coalesce(u.status <> 'pending', true)
WITH u, coalesce(r.name, r.id) AS role ORDER BY role
WITH u, collect(role) AS roles
WITH u, roles, reduce(text = '', role IN roles | text + CASE text WHEN '' THEN '' ELSE ' + ' END + role) AS together
RETURN coalesce(u.username, u.id) AS user, roles, u.name AS name, u.serviceAccount AS serviceAccount,
       u.federated AS federated, u.lastLogin AS lastLogin, [coalesce(u.username, u.id), together] AS path
ORDER BY user
