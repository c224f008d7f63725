// title: Who can become administrator
// question: Who is no administrator but can become one, and through what?
// why: Tier A: the permission alone suffices. Tier B: the same person holds all that the way needs. What must be the case besides is said as a condition and not assumed.
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(5)
// severity: high
// needs: users, roles, permissions
// examines: accounts
// columns: user, tier, through, roles, condition, active, serviceAccount, how, path
// when-incomplete: rows stay true
// Ways first, then sets of roles that give one, then who holds such a set: people are many, sets of roles are few.
// The condition on id has Neo4j use the index, and so look at this workspace alone.
MATCH (:Role {workspace: $workspace, id: 'admin'})<-[e:ESCALATES_TO|ESCALATES_WITH]-(p:Permission {workspace: $workspace})
UNWIND [p.id] + coalesce(e.needs, []) AS id
WITH p, e, id ORDER BY id
WITH p, e, collect(id) AS through
WITH through, e.condition AS condition, min(p.tier) AS tier, min(e.how) AS how
WITH collect({through: through, condition: condition, tier: tier, how: how}) AS ways
MATCH (p:Permission {workspace: $workspace})<-[:GRANTS]-(r:Role)
WHERE p.id >= '' AND r.id <> 'admin' AND any(way IN ways WHERE p.id IN way.through)
WITH ways, r, collect(p.id) AS gives
WITH ways, r.id AS id, coalesce(r.name, r.id) AS name, gives ORDER BY name
WITH ways, collect({id: id, name: name, gives: gives}) AS roles
MATCH (r:Role {workspace: $workspace})<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WHERE r.id IN [role IN roles | role.id] AND NOT EXISTS { (u)-[:HAS_ROLE]->(:Role {id: 'admin'}) }
WITH ways, roles, u, collect(r.id) AS ids
WITH ways, roles, ids, collect(u) AS users
WITH ways, users, [role IN roles WHERE role.id IN ids] AS held
UNWIND ways AS way
WITH way, users, held WHERE all(id IN way.through WHERE any(role IN held WHERE id IN role.gives))
WITH way, users, [role IN held WHERE any(id IN way.through WHERE id IN role.gives) | role.name] AS roles
WITH way, users, roles,
     reduce(text = '', one IN roles | text + CASE text WHEN '' THEN '' ELSE ' + ' END + one) AS held,
     reduce(text = '', one IN way.through | text + CASE text WHEN '' THEN '' ELSE ' + ' END + one) AS given
UNWIND users AS u
WITH coalesce(u.username, u.id) AS user, way.tier AS tier, way.through AS through, roles, way.condition AS condition,
     u.active AS active, u.serviceAccount AS serviceAccount, way.how AS how, held, given
RETURN user, tier, through, roles, condition, active, serviceAccount, how, [user, held, given, 'admin'] AS path
ORDER BY tier, user, through, condition
