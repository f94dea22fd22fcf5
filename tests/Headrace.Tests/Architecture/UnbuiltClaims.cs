using System.CommandLine;
using System.Text.RegularExpressions;
using Headrace.Cli;
using Headrace.Cli.Settings;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Finds features that exist even though a document lists them as not built: a route, a command, a setting, or a word
/// that contains the name of a command or setting.
/// </summary>
/// <param name="served">Every route of the server as <c>METHOD /path</c>, with <c>{name}</c> for parameters.</param>
internal sealed partial class UnbuiltClaims(IReadOnlyCollection<string> served)
{
    /// <summary>
    /// Names of commands and settings that are also ordinary words and may therefore occur in a list.
    /// </summary>
    private static readonly HashSet<string> Plain =
    [
        "bytes",
        "check",
        "data",
        "jobs",
        "lease",
        "methods",
        "name",
        "names",
        "port",
        "queues",
        "results",
        "store",
        "storage",
        "submit",
        "wait",
        "worker",
        "workers",
    ];

    private readonly RootCommand _commands = CommandLine.Tree();

    /// <summary>Returns the items of a Markdown list, each with its continuation lines.</summary>
    public static IReadOnlyList<string> Bullets(string section) =>
        [
            .. Bullet()
                .Split("\n" + section)
                .Skip(1)
                .Select(bullet => bullet.Split("\n\n")[0].Replace("\n", " ", StringComparison.Ordinal)),
        ];

    /// <summary>Returns the names in a list item that denote existing features.</summary>
    public IReadOnlyList<string> Existing(string bullet)
    {
        var named = Code().Matches(bullet).Select(match => match.Groups[1].Value).ToList();
        var prose = Code().Replace(bullet, " ").ToLowerInvariant();
        return
        [
            .. named.Where(IsServed),
            .. named.Where(IsCommand),
            .. named.Where(IsSetting),
            .. WordPattern().Matches(prose).Select(match => match.Value).Where(NamesFeature).Distinct(),
        ];
    }

    private bool IsServed(string name)
    {
        var route = Route().Match(name);
        if (!route.Success)
            return false;
        var (method, path) = (route.Groups[1].Value, Unnamed(route.Groups[2].Value));
        return served
            .Select(line => line.Split(' '))
            .Select(parts => (Method: parts[0], Path: Unnamed(parts[1])))
            .Any(other =>
                method.Length > 0
                    ? other == (method, path)
                    : other.Path == path || other.Path.StartsWith(path + "/", StringComparison.Ordinal)
            );
    }

    private bool IsCommand(string name)
    {
        if (!name.StartsWith("headrace ", StringComparison.Ordinal))
            return false;
        Command at = _commands;
        foreach (var word in name.Split(' ').Skip(1).TakeWhile(word => !word.StartsWith('-')))
        {
            if (at.Subcommands.FirstOrDefault(command => command.Name == word) is not { } next)
                return false;
            at = next;
        }
        return true;
    }

    private bool IsSetting(string name) =>
        UpSettings.Names.Contains(name)
        || UpSettings.Names.Any(setting => name == ContractReference.Variable(setting))
        || Options(_commands).Contains(name.Split(' ')[0]);

    private bool NamesFeature(string word) =>
        _commands
            .Subcommands.Select(command => command.Name)
            .Concat(UpSettings.Names.SelectMany(setting => setting.Split(':', '_')))
            .Where(feature => feature.Length > 3 && !Plain.Contains(feature))
            .Any(feature => word.Contains(feature.TrimEnd('s'), StringComparison.Ordinal));

    private static IEnumerable<string> Options(Command command) =>
        command.Options.Select(option => option.Name).Concat(command.Subcommands.SelectMany(Options));

    private static string Unnamed(string path) => Parameter().Replace(path, "{}");

    [GeneratedRegex(@"\n *- ")]
    private static partial Regex Bullet();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("[a-z]{4,}")]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"^(?:(GET|POST|PUT|DELETE) )?(/\S+)$")]
    private static partial Regex Route();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
