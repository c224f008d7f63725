// title: Who lets people into private teams
// question: Who added members to private teams, to how many teams, how many members, and from when to when?
// why: Who lets people in decides who reads; one account that adds everybody, or everybody adding, is worth knowing.
// controls: SOC2 CC6.3, ISO27001 A.5.18
// severity: info
// needs: users, teams, members
// examines: memberships
// columns: addedBy, state, teams, members, himself, from, to
// A row an adder; `himself` counts their own membership. Without a name: members of whom it is not visible who added them.
MATCH (t:Team {workspace: $workspace, private: true})<-[m:MEMBER_OF]-(u:User)
WITH m.addedById AS by, count(DISTINCT t) AS teams, count(u) AS members,
     sum(CASE WHEN m.addedById = u.id THEN 1 ELSE 0 END) AS himself, min(m.joinedAt) AS from, max(m.joinedAt) AS to
OPTIONAL MATCH (a:User {workspace: $workspace, id: by})
OPTIONAL MATCH (f:FormerUser {workspace: $workspace, id: by})
RETURN coalesce(a.username, f.username, by) AS addedBy,
       CASE WHEN by IS NULL THEN 'not visible'
            WHEN a IS NULL THEN 'gone'
            WHEN a.status = 'pending' THEN 'pending'
            WHEN a.active = false THEN 'deactivated'
            WHEN a.active = true THEN 'active'
            ELSE 'not visible' END AS state,
       teams, members, himself, from, to
ORDER BY members DESC, addedBy
