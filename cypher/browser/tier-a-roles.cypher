// title: Which roles lead to administrator
// question: Which permissions suffice to become administrator, and which roles grant them?
MATCH way = (:Role {workspace: $workspace})-[:GRANTS]->(:Permission {tier: 'A'})-[:ESCALATES_TO]->(:Role {workspace: $workspace, id: 'admin'})
RETURN way
