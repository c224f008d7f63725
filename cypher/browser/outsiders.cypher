// title: Service accounts and federated users in private teams
// question: Which private teams have members that are no people of ours?
// The condition on id has Neo4j use the index, and so look at this workspace alone.
MATCH way = (u:User {workspace: $workspace})-[:MEMBER_OF]->(t:Team {workspace: $workspace, private: true})
WHERE t.id >= '' AND (u.serviceAccount OR u.federated)
RETURN way LIMIT 300
