// title: What reviewers decided about access, for export
// columns: id, userId, kind, accessId, user, access, state, decision, until, note, reviewer, decidedAt, self, worksheet
UNWIND $ids AS id
MATCH (x:Attestation {workspace: $workspace, id: id})
RETURN collect([x.id, x.userId, x.kind, x.accessId, x.user, x.access, x.state, x.decision, x.until, x.note, x.reviewer,
                x.decidedAt, x.self, x.worksheet]) AS page
