/* Texts that the build puts into the binary (plots/embed.sh): the queries behind the charts, the
 * page's style and script. */
#ifndef PLOTS_EMBEDDED_H
#define PLOTS_EMBEDDED_H

extern const char plots_text_chart_host_sql[];
extern const char plots_text_chart_sweep_sql[];
extern const char plots_text_chart_env_sql[];
extern const char plots_text_chart_missing_sql[];
extern const char plots_text_chart_result_sql[];
extern const char plots_text_chart_stage_sql[];
extern const char plots_text_chart_reference_sql[];
extern const char plots_text_chart_hosts_sql[];
extern const char plots_text_chart_figures_sql[];
extern const char plots_text_chart_hot_sql[];
extern const char plots_text_chart_noise_sql[];
extern const char plots_text_chart_trend_sql[];
extern const char plots_text_chart_published_slowdown_sql[];
extern const char plots_text_means_sql[];
extern const char plots_text_left_out_sql[];
extern const char plots_text_page_css[];
extern const char plots_text_page_js[];

#endif
