// title: Guests and anonymous visitors with more than Rocket.Chat gives them
// question: What may the roles guest and anonymous do beyond what they start with?
// why: These roles are for people whom nobody here has vouched for. What was added to them, everybody has who gets in as a guest.
// controls: ISO27001 A.5.15, SOC2 CC6.1, NIST AC-14
// severity: medium
// needs: roles, permissions
// examines: grants
// columns: role, permission, tier, how
// when-incomplete: rows stay true
UNWIND [
  {role: 'guest', starts: ['start-discussion', 'view-d-room', 'view-joined-room', 'view-p-room']},
  {role: 'anonymous', starts: ['leave-c', 'leave-p', 'preview-c-room', 'view-c-room', 'view-joined-room', 'view-p-room']}
] AS known
MATCH (r:Role {workspace: $workspace, id: known.role})-[:GRANTS]->(p:Permission)
WHERE NOT p.id IN known.starts
RETURN r.id AS role, p.id AS permission, p.tier AS tier, coalesce(p.how, 'not assessed') AS how
ORDER BY role, tier, permission
