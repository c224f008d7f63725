// title: Everyone who can become administrator, and through what
// question: Who holds a permission that suffices to become administrator, or all parts of a combination, and by which role?
MATCH (a:Role {workspace: $workspace, id: 'admin'})
MATCH way = (u:User {workspace: $workspace})-[:HAS_ROLE]->(r:Role)-[:GRANTS]->(:Permission)-[e:ESCALATES_TO|ESCALATES_WITH]->(a)
WHERE r.id <> 'admin' AND all(need IN coalesce(e.needs, []) WHERE EXISTS {
  MATCH (u)-[:HAS_ROLE]->(o:Role)-[:GRANTS]->(:Permission {workspace: $workspace, id: need}) WHERE o.id <> 'admin'
})
RETURN way LIMIT 300
