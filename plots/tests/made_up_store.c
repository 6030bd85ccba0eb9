/* Made-up result stores; contracts in made_up_store.h. */
#include "plots/tests/made_up_store.h"

#include <glob.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const made_up_env[MADE_UP_ENVS] = {"native", "emu-jit", "emu-interp", "qemu-tcg",
                                               "bochs"};

static int run_file(sqlite3 *db, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL, *why = NULL;
    size_t size = 0;
    int failed = !file || getdelim(&text, &size, '\0', file) < 0 ||
                 sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK;
    if (failed)
        printf("%s: %s\n", path, why ? why : "cannot be read");
    sqlite3_free(why);
    free(text);
    if (file)
        fclose(file);
    return failed ? -1 : 0;
}

static sqlite3 *open_with(const char *path, size_t most)
{
    sqlite3 *db = NULL;
    glob_t migration;
    unlink(path);
    int failed = sqlite3_open(path, &db) != SQLITE_OK ||
                 glob("db/migrations/*.sql", 0, NULL, &migration) != 0;
    for (size_t i = 0; !failed && i < migration.gl_pathc && i < most; i++)
        failed = run_file(db, migration.gl_pathv[i]);
    if (failed) {
        printf("%s: no store made: %s\n", path, db ? sqlite3_errmsg(db) : "no memory");
        sqlite3_close(db);
        return NULL;
    }
    globfree(&migration);
    return db;
}

sqlite3 *made_up_open(const char *path)
{
    return open_with(path, SIZE_MAX);
}

sqlite3 *made_up_open_older(const char *path, int schema)
{
    char marks[120];
    sqlite3 *db = open_with(path, (size_t)schema);
    snprintf(marks, sizeof marks,
             "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x54434b4d;"
             "PRAGMA user_version = %d",
             schema);
    if (db && sqlite3_exec(db, marks, NULL, NULL, NULL) != SQLITE_OK) {
        printf("%s: %s\n", path, sqlite3_errmsg(db));
        sqlite3_close(db);
        return NULL;
    }
    return db;
}

int made_up_put(sqlite3 *db, const char *sql, const char *letters, ...)
{
    sqlite3_stmt *row = NULL;
    va_list values;
    int failed = sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK;
    va_start(values, letters);
    for (int i = 1; !failed && letters[i - 1]; i++)
        switch (letters[i - 1]) {
        case 't':
            sqlite3_bind_text(row, i, va_arg(values, const char *), -1, SQLITE_TRANSIENT);
            break;
        case 'i': sqlite3_bind_int64(row, i, va_arg(values, int64_t)); break;
        case 'r':
            sqlite3_bind_double(row, i, va_arg(values, double));
            break; /* a NaN is stored as NULL */
        default: failed = 1;
        }
    va_end(values);
    if (failed || sqlite3_step(row) != SQLITE_DONE) {
        printf("%s: %s\n", sql, sqlite3_errmsg(db));
        failed = 1;
    }
    sqlite3_finalize(row);
    return failed ? -1 : 0;
}

int made_up_ground(sqlite3 *db, const char *host_label, const char *sweep_label)
{
    static const char *const project[MADE_UP_ENVS] = {"native", "tickmark-emu", "tickmark-emu",
                                                      "qemu", "bochs"};
    static const char *const version[MADE_UP_ENVS] = {"0.1", "0.1", "0.1", "7.2.0", "2.7"};
    int failed =
        made_up_put(db,
                    "INSERT INTO host(id, fp, label, vendor, family, model, stepping, brand, ncpu, "
                    "smt, l1d, l1i, "
                    "l2, mem_mib, virt, facts) VALUES (1, 'f00d', ?1, 'GenuineMadeUp', 6, 1, 2, "
                    "'Made-up CPU @ 3.00GHz', 2, 0, 32, 32, 1024, 24000, 'kvm', '')",
                    "t", host_label) ||
        made_up_put(
            db,
            "INSERT INTO host_state(id, host_id, sha, hostname, kernel, tsc_khz, tsc_invariant, "
            "pmu, "
            "pmu_note, aslr) VALUES (1, 1, 's', 'nowhere', 'Linux 6.1', 3000000, 1, 'none', "
            "'no such device', 2)",
            "") ||
        made_up_put(db,
                    "INSERT INTO sweep(id, uuid, host_id, state_id, plan, plan_sha, seed, label, "
                    "collector, "
                    "started, finished, state, aa_floor) VALUES (1, 'u1', 1, 1, '', '', 7, ?1, "
                    "'tickmark 0.1', "
                    "'2026-01-02T03:04:05Z', '2026-01-02T03:14:05Z', 'done', 0.004)",
                    "t", sweep_label);
    for (int64_t i = 0; !failed && i < MADE_UP_ENVS; i++) {
        char sha[16];
        snprintf(sha, sizeof sha, "sha%d", (int)i);
        failed = made_up_put(db,
                             "INSERT INTO env(id, sha, kind, label, argv, guest_tsc) VALUES (?1, "
                             "?2, ?3, ?3 || ', as made "
                             "up', ?4, ?5)",
                             "itttt", i + 1, sha, made_up_env[i],
                             i ? "emulator -kernel tickbench.elf -m 256" : "",
                             i == 4 ? "insn" : "host") ||
                 made_up_put(db,
                             "INSERT INTO build(id, sha, project, version, commit_id, compiler) "
                             "VALUES (?1, ?2, ?3, ?4, "
                             "'abc1234', 'gcc 12.2.0')",
                             "ittt", i + 1, sha, project[i], version[i]);
    }
    return failed ? -1 : 0;
}

int made_up_test(sqlite3 *db, int64_t id, const char *name, const char *family, const char *title,
                 const char *alias)
{
    return made_up_put(db,
                       "INSERT INTO test(id, name, code_sha, family, title, alias, ops, noise) "
                       "VALUES (?1, ?2, 'c0de', ?3, "
                       "?4, nullif(?5, ''), 100, 'floor')",
                       "itttt", id, name, family, title, alias);
}

int64_t made_up_result(sqlite3 *db, int64_t sweep, int64_t env, int64_t test, const char *status,
                       const char *reason, double clk)
{
    int failed = made_up_put(
        db,
        "INSERT INTO result(sweep_id, env_id, build_id, test_id, status, reason, n, est, lo, hi, "
        "tsc_per_op, ns_per_op, clk_ghz, check_ok) VALUES (?1, ?2, ?2, ?3, ?4, nullif(?5, ''), 20, "
        "?6, "
        "?6 * 0.98, ?6 * 1.03, ?6 * 0.75, ?6 * 0.25, 4.0, 1)",
        "iiittr", sweep, env, test, status, reason, clk);
    return failed ? 0 : sqlite3_last_insert_rowid(db);
}

int made_up_stage(sqlite3 *db, int64_t result, const char *stage, double clk, double ops)
{
    return made_up_put(db,
                       "INSERT INTO stage(result_id, stage, calls, clk, items, bytes, tsc, ops) "
                       "VALUES (?1, ?2, 10, ?3, "
                       "1000, 64, 1, ?4)",
                       "itrr", result, stage, clk, ops);
}

/* Native clocks as they could be, and how the tests of a family fare elsewhere. */
static const struct {
    const char *family, *names, *title;
    double clk, jit, qemu;
} made_up_family[] = {
    {"bit", "bsf bsr bt_rr bswap cmov setcc", "bit scans and conditional moves", 1.3, 1.1, 1.5},
    {"branch", "taken not_taken random pattern dense", "conditional jumps", 0.8, 1.4, 4},
    {"call", "direct reg mem depth mispredict", "calls and returns", 2.6, 2.2, 16},
    {"fault", "first_touch protect divide breakpoint", "exceptions and their handlers", 2100, 0.4,
     0.6},
    {"flags", "adc_chain adc_inc_mix sbb_same lahf_sahf pushf rcl cmc_stc", "work on the flags",
     1.2, 1.3, 7},
    {"indirect", "one_target two_targets eight_targets switch_64", "indirect jumps", 2.1, 2.9, 11},
    {"int", "add_rr add_ri sub_rr and_rr xor_rr neg inc imul mul64 div32 idiv32",
     "integer arithmetic on registers", 1, 1.02, 1.1},
    {"io", "read_rtc out_e9 in_pic", "ports", 1900, 0.3, 0.5},
    {"lea", "base_index scaled disp8", "address arithmetic", 1, 1, 1.05},
    {"lock", "xadd cmpxchg inc xchg", "locked operations", 13, 1.1, 0.5},
    {"mem", "load store indirect span/64 span/4096 copy/4k copy/64k forward cross_line cross_page",
     "memory access", 1.5, 2.2, 6},
    {"move", "mov_rr mov_ri movzx movsx xchg_rr", "moves", 0.4, 1.05, 1.6},
    {"rmw", "and_zero add_mem inc_mem adc_mem xor_mem cross_page", "read-modify-write", 4, 2.4,
     7.5},
    {"shift", "shl_imm shl_cl rol shld_imm shrd_cl", "shifts and rotates", 1.2, 1.1, 2},
    {"smc", "rewrite_imm rewrite_far", "self-modifying code", 210, 9, 60},
    {"stack", "push_pop push_imm enter_leave pusha", "the stack", 0.7, 1.9, 12},
    {"string", "movs/64 movs/4096 stos/64 stos/4096 scas cmps", "string instructions", 12, 1.5, 9},
    {"mem",
     "chase/4K chase/32K chase/256K chase/2M band/4K,a band/4K,u band/64K,a band/64K,u band/1M,a "
     "band/1M,u",
     "by size", 6, 1.6, 5},
};

static double next_random(uint64_t *seed) /* 0 to 1 */
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(*seed >> 40) / (double)(1 << 24);
}

static int put_stages(sqlite3 *db, int64_t result, bool jit, double clk, uint64_t *seed)
{
    static const char *const name[] = {"execute", "mmu",  "dispatch", "helper", "translate",
                                       "decode",  "link", "irq",      "smc"};
    static const double jit_weight[] = {1, 0.15, 0.1, 0.05, 0.02, 0.01, 0.003, 0.004, 0};
    static const double interp_weight[] = {1, 0.3, 0.5, 0.1, 0, 0.2, 0, 0.004, 0};
    double weight[9], sum = 0;
    for (int i = 0; i < 9; i++) {
        weight[i] = (jit ? jit_weight[i] : interp_weight[i]) * next_random(seed) * 2;
        sum += weight[i];
    }
    for (int i = 0; i < 9; i++)
        if (made_up_stage(db, result, name[i], 1e6 * clk * 1.01 * weight[i] / sum, 1e6))
            return -1;
    return 0;
}

int made_up_whole_sweep(sqlite3 *db)
{
    static const struct {
        int test, env;
        const char *status, *reason;
    } mark[] = {
        {3, 4, "noisy", "34 % of the samples were dropped"},
        {8, 2, "noisy", "odd and even rounds differ by 2.1 %"},
        {9, 3, "noisy", "odd and even rounds differ by 3.0 %"},
        {20, 1, "noisy", "31 % of the samples were dropped"},
        {17, 5, "timeout", "no sample after 60 s"},
        {18, 5, "crash",
         "the guest ended without a bye line: bochs exited with status 1 (>>PANIC<< exception with "
         "no "
         "resolution)"},
        {41, 1, "unsupported", "needs ring 0"},
        {42, 1, "unsupported", "needs ring 0"},
        {43, 1, "unsupported", "needs ring 0"},
        {55, 4, "wrong", "answer 0x00000003, expected 0x00000002"},
    };
    uint64_t seed = 42;
    int64_t id = 0;
    if (made_up_ground(db, "made-up host", "all of it"))
        return -1;
    for (size_t f = 0; f < sizeof made_up_family / sizeof made_up_family[0]; f++) {
        char names[200], *rest = names;
        snprintf(names, sizeof names, "%s", made_up_family[f].names);
        for (char *part; (part = strsep(&rest, " ")) != NULL;) {
            char name[80], title[120];
            snprintf(name, sizeof name, "%s.%s", made_up_family[f].family, part);
            snprintf(title, sizeof title, "%s: %s", made_up_family[f].title, part);
            id++;
            if (made_up_test(db, id, name, made_up_family[f].family, title,
                             id % 9 == 1 ? "test 12 made up" : ""))
                return -1;
            double native = made_up_family[f].clk * pow(4, next_random(&seed) - 0.5);
            double times[MADE_UP_ENVS] = {1, made_up_family[f].jit, 22, made_up_family[f].qemu, 75};
            for (int64_t env = 1; env <= MADE_UP_ENVS; env++) {
                const char *status = "ok", *reason = "";
                double clk = native;
                if (env > 1)
                    clk *= times[env - 1] * pow(3, next_random(&seed) - 0.5);
                if (env == 3 || env == 5)
                    clk = native * 0.3 + times[env - 1] * pow(3, next_random(&seed) - 0.5);
                for (size_t m = 0; m < sizeof mark / sizeof mark[0]; m++)
                    if (mark[m].test == id && mark[m].env == env) {
                        status = mark[m].status;
                        reason = mark[m].reason;
                    }
                int64_t result = made_up_result(
                    db, 1, env, id, status, reason,
                    strcmp(status, "ok") && strcmp(status, "noisy") ? (double)NAN : clk);
                if (!result ||
                    ((env == 2 || env == 3) && put_stages(db, result, env == 2, clk, &seed)))
                    return -1;
            }
        }
    }
    return 0;
}

/* A second host at 1.25 times the clocks, which lacks bochs; two older builds of the emulator on
 * the first one, at 0.9 and 0.95 of the translator's clocks; what else the charts are drawn from.
 */
int made_up_others(sqlite3 *db)
{
    static const char columns[] = "env_id, test_id, status, reason, n, vmin, vmed, tsc_per_op, "
                                  "ns_per_op, clk_ghz, check_ok";
    static const char *const more[] = {
        "INSERT INTO host(id, fp, label, vendor, family, model, stepping, brand, ncpu, smt, facts) "
        "VALUES (2, 'beef', 'second host', 'v', 6, 2, 1, 'Other CPU', 1, 0, '')",
        "INSERT INTO host_state(id, host_id, sha, pmu) VALUES (2, 2, 's', 'none')",
        "INSERT INTO build(id, sha, project, version, commit_id, seq) VALUES (6, 'older', "
        "'tickmark-emu', '0.1', 'aaaaaaaaaa', 1), (7, 'old', 'tickmark-emu', '0.1', 'bbbbbbbbbb', "
        "2)",
        "UPDATE build SET seq = 3, commit_id = 'cccccccccc' WHERE id = 2",
        "INSERT INTO sweep(id, uuid, host_id, state_id, plan, plan_sha, seed, collector, started, "
        "state, aa_floor) VALUES (2, 'u2', 2, 2, '', '', 1, 'c', '2025-12-01T00:00:00Z', 'done', "
        "0.01), (3, 'u3', 1, 1, '', '', 1, 'c', '2025-11-01T00:00:00Z', 'done', 0.01), (4, 'u4', "
        "1, "
        "1, '', '', 1, 'c', '2025-11-02T00:00:00Z', 'done', 0.01)",
        "INSERT INTO sweep_env(sweep_id, kind, env_id, build_id) SELECT s.id, e.kind, e.id, CASE "
        "WHEN e.id NOT IN (2, 3) THEN e.id WHEN s.id = 3 THEN 6 WHEN s.id = 4 THEN 7 ELSE 2 END "
        "FROM "
        "sweep s, env e WHERE NOT (s.id = 2 AND e.id = 5)",
        "UPDATE result SET build_id = 2 WHERE env_id = 3",
        "INSERT INTO change(test_id, env_kind, host_id, from_build, to_build, ratio, lo, hi, p, "
        "state) VALUES (1, 'emu-jit', 1, 7, 2, 1.053, 1.04, 1.06, 0.001, 'confirmed')",
        "UPDATE result SET halves = 0.001 * (1 + id % 20) WHERE sweep_id = 1",
        "INSERT INTO hot_block(result_id, rank, guest_pc, guest_len, insns, code_sha, execs, clk, "
        "translations, host_bytes) SELECT r.id, b.value, 4096 + 16 * b.value, 16, 4, 'c' || "
        "b.value, "
        "100, 1000.0 / b.value, 1, 64 FROM result r, json_each('[1,2,3,4,5,6,7,8]') b WHERE "
        "r.sweep_id = 1 AND r.env_id = 2 AND r.test_id = 1",
        "INSERT INTO reference_result(source, host, env, test, value, unit) VALUES "
        "('2010', 'Core i5 3460 MHz', 'native', 'build_gemulator9', 53.97, 'giga_cycles'), "
        "('2010', 'Core i5 3460 MHz', 'WinQEMU 0.10.2', 'build_gemulator9', 916.9, 'giga_cycles'), "
        "('2010', 'Mac Mini G4 1250 MHz', 'QEMU 0.12.5', 'build_gemulator9', 2615, 'giga_cycles')",
    };
    char sql[900];
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        if (made_up_put(db, more[i], ""))
            return -1;
        if (i != 6)
            continue;
        for (int sweep = 2; sweep <= 4; sweep++) {
            snprintf(
                sql, sizeof sql,
                "INSERT INTO result(sweep_id, build_id, est, lo, hi, %s) SELECT %d, (SELECT "
                "x.build_id FROM sweep_env x WHERE x.env_id = r.env_id AND x.sweep_id = %d), est * "
                "f, lo * f, hi * f, %s FROM (SELECT *, CASE WHEN %d = 2 THEN 1.25 WHEN env_id = "
                "2 THEN %s ELSE 1 END AS f FROM result WHERE sweep_id = 1) r WHERE NOT (%d = 2 "
                "AND env_id = 5)",
                columns, sweep, sweep, columns, sweep, sweep == 3 ? "0.9" : "0.95", sweep);
            if (made_up_put(db, sql, ""))
                return -1;
        }
    }
    return 0;
}
