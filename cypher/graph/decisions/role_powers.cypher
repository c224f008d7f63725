// title: What each role gives of tier A and B, and where it counts
// columns: id, roomScoped, dangling, tierA, tierB
MATCH (r:Role {workspace: $workspace})
RETURN r.id AS id, r.roomScoped AS roomScoped, r.dangling AS dangling,
       COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'}) RETURN p.id ORDER BY p.id } AS tierA,
       COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'B'}) RETURN p.id ORDER BY p.id } AS tierB
