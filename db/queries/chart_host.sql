-- The host of the report: the one of the newest sweep that has results (of the newest sweep when none has any),
-- with the state it was in then; with :host the newest of those that it names: a label, or the beginning of a fingerprint.  One row, or none in an empty database.
SELECT h.fp, h.label, h.vendor, h.family, h.model, h.stepping, h.brand, h.ncpu, h.smt,
       h.l1d, h.l1i, h.l2, h.l3, h.mem_mib, h.virt,
       st.hostname, st.kernel, st.microcode, st.governor, st.turbo, st.mitigations, st.clocksource,
       st.tsc_khz, st.tsc_invariant, st.pmu, st.pmu_note, st.aslr, st.thp,
       (SELECT count(*) FROM host) AS hosts
FROM sweep s JOIN host h ON h.id = s.host_id JOIN host_state st ON st.id = s.state_id
WHERE :host IS NULL OR h.label = :host OR (length(:host) >= 6 AND substr(h.fp, 1, length(:host)) = :host)
ORDER BY EXISTS (SELECT 1 FROM result r WHERE r.sweep_id = s.id) DESC, s.started DESC, s.id DESC
LIMIT 1;
