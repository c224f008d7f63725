// title: Which single removal takes most tier A access away
// question: Which role, or which one permission of a role, would have to go so that most people lose the last permission that alone suffices to become administrator?
// controls: ISO27001 A.8.2, NIST AC-6(7)
// needs: users, roles, permissions
// columns: role, roleId, permission (null: the whole role), holders, freed, active, pairs
// freed: people who hold no tier A permission afterwards; active: those of them who can sign in; pairs: (person, permission)
MATCH (:Role {workspace: $workspace, id: 'admin'})<-[:ESCALATES_TO]-(p:Permission)<-[:GRANTS]-(r:Role)
WITH r, collect(DISTINCT p.id) AS granted
WITH collect({role: r, id: r.id, granted: granted}) AS all
UNWIND all AS one
UNWIND [null] + one.granted AS permission
WITH all, one.role AS r, one.granted AS granted, permission
OPTIONAL MATCH (u:User)-[:HAS_ROLE]->(r)
WITH r, granted, permission, u,
     [other IN all WHERE other.id <> r.id AND EXISTS { MATCH (u)-[:HAS_ROLE]->(x:Role) WHERE x.id = other.id }] AS others
WITH r, granted, permission, u, others,
     [id IN granted WHERE (permission IS NULL OR id = permission) AND none(other IN others WHERE id IN other.granted)] AS lost
WITH r, permission, u, size(lost) AS pairs,
     u IS NOT NULL AND size(others) = 0 AND (permission IS NULL OR size(granted) = 1) AS free
WITH r, permission, count(u) AS holders, count(CASE WHEN free THEN 1 END) AS freed,
     count(CASE WHEN free AND u.active = true THEN 1 END) AS active, sum(CASE WHEN u IS NULL THEN 0 ELSE pairs END) AS pairs
RETURN coalesce(r.name, r.id) AS role, r.id AS roleId, permission, holders, freed, active, pairs
ORDER BY freed DESC, pairs DESC, role, roleId, permission
