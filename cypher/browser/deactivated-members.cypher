// title: Deactivated accounts in private teams
// question: Which accounts that are switched off are still in a private team?
MATCH way = (:User {workspace: $workspace, active: false})-[:MEMBER_OF]->(:Team {private: true})
RETURN way LIMIT 300
