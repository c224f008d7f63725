// title: Decisions, without the name of one person: id, user id, user, reviewer, note
UNWIND $rows AS row
MATCH (a:Attestation {workspace: $workspace, id: row[0]})
SET a.userId = row[1], a.user = row[2], a.reviewer = row[3], a.note = row[4]
