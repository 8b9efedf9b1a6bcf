/* plot_scripts.h: the gnuplot scripts of plots/, as the Makefile builds them into the library
 * (plots/embed.awk): a program that is installed or moved still finds them. */
#ifndef RN_REPORT_PLOT_SCRIPTS_H
#define RN_REPORT_PLOT_SCRIPTS_H

typedef struct rn_plot_script {
    const char *name; /**< the file's, without folder and ".gp" */
    const char *text;
} rn_plot_script;

/** Ends with a row whose name is NULL. */
extern const rn_plot_script rn_plot_scripts[];

#endif
