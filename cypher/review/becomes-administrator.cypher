// title: Who can become administrator
// question: Who is no administrator but can become one, and through what?
// why: Tier A: the permission alone suffices. Tier B: the same person holds all that the way needs. What must be the case besides is said as a condition and not assumed.
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(5)
// severity: high
// needs: users, roles, permissions
// columns: user, tier, through, roles, condition, active, serviceAccount, how
MATCH (:Role {workspace: $workspace, id: 'admin'})<-[e:ESCALATES_TO|ESCALATES_WITH]-(p:Permission {workspace: $workspace})
UNWIND [p.id] + coalesce(e.needs, []) AS id
WITH p, e, id ORDER BY id
WITH p, e, collect(id) AS through
WITH through, e.condition AS condition, min(p.tier) AS tier, min(e.how) AS how
MATCH (:Permission {workspace: $workspace, id: head(through)})<-[:GRANTS]-(:Role)<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WITH DISTINCT through, condition, tier, how, u
WHERE NOT EXISTS { (u)-[:HAS_ROLE]->(:Role {id: 'admin'}) }
  AND all(id IN through WHERE EXISTS { (u)-[:HAS_ROLE]->(:Role)-[:GRANTS]->(:Permission {workspace: $workspace, id: id}) })
MATCH (u)-[:HAS_ROLE]->(r:Role)-[:GRANTS]->(p:Permission {workspace: $workspace}) WHERE p.id IN through
WITH DISTINCT u, tier, through, condition, how, coalesce(r.name, r.id) AS role ORDER BY role
RETURN coalesce(u.username, u.id) AS user, tier, through, collect(role) AS roles, condition, u.active AS active,
       u.serviceAccount AS serviceAccount, how
ORDER BY tier, user, through, condition
