# bash completion of tickmark. docs/man.sh fills in commands, options and environments.
_tickmark()
{
    local -A taken
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} envs
    COMPREPLY=()
# TABLE bash_options
# TABLE bash_envs
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "${!taken[*]} help" -- "$current")
        return
    fi
    case $previous in
    --env | -e) mapfile -t COMPREPLY < <(compgen -W "$envs" -- "$current") ;;
    --test | -t)
        mapfile -t COMPREPLY < <(compgen -W "$("${1:-tickmark}" list --tsv 2>/dev/null | cut -f 2)" -- "$current")
        ;;
    --build | -b | --old | --out | -o | --repo | --cache) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    --db | -d | --file | --plan | --map) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    *)
        if [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "${taken[$command]} --help" -- "$current")
        elif [ "$command" = chart ] && [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W "$("${1:-tickmark}" chart --list --tsv 2>/dev/null | tail -n +2 | cut -f 1)" -- "$current")
        elif [ "$command" = compare ]; then
            mapfile -t COMPREPLY < <(compgen -W "$envs" -- "$current")
        elif [ "$command" = trend ] || { [ "$command" = bisect ] && [ "$COMP_CWORD" -eq 4 ]; }; then
            mapfile -t COMPREPLY < <(compgen -W "$("${1:-tickmark}" list --tsv 2>/dev/null | cut -f 2)" -- "$current")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        ;;
    esac
}
complete -o filenames -o bashdefault -F _tickmark tickmark
