// title: Service accounts and federated users in private teams
// question: Which private teams have members that are no people of ours?
MATCH way = (u:User {workspace: $workspace})-[:MEMBER_OF]->(:Team {private: true})
WHERE u.serviceAccount OR u.federated
RETURN way LIMIT 300
