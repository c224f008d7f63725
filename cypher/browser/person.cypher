// title: All that one person holds
// question: Which roles, teams and permissions that matter does this person have?
// param user: a username
MATCH way = (u:User {workspace: $workspace, username: $user})-[:HAS_ROLE|MEMBER_OF]->()
OPTIONAL MATCH more = (u)-[:HAS_ROLE]->(:Role)-[:GRANTS]->(p:Permission) WHERE p.tier IS NOT NULL
RETURN way, more
