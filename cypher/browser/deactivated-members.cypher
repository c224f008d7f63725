// title: Deactivated accounts in private teams
// question: Which accounts that are switched off are still in a private team?
// The condition on id has Neo4j use the index, and so look at this workspace alone.
MATCH way = (u:User {workspace: $workspace, active: false})-[:MEMBER_OF]->(t:Team {workspace: $workspace, private: true})
WHERE t.id >= '' AND coalesce(u.status <> 'pending', true)
RETURN way LIMIT 300
