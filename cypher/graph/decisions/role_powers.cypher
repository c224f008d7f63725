// title: What each role gives of tier A and B, and where it counts
// columns: id, roomScoped, dangling, tierA, tierAIf (those of them with a condition), tierB
MATCH (r:Role {workspace: $workspace})
RETURN r.id AS id, r.roomScoped AS roomScoped, r.dangling AS dangling,
       COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'}) RETURN p.id ORDER BY p.id } AS tierA,
       COLLECT {
         MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'})-[e:ESCALATES_TO]->(:Role)
         WHERE e.condition IS NOT NULL
         RETURN p.id ORDER BY p.id
       } AS tierAIf,
       COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'B'}) RETURN p.id ORDER BY p.id } AS tierB
