using System.CommandLine;

namespace Headrace.Cli.Input;

/// <summary>The option that assigns roles to a user or a key.</summary>
internal static class RoleOption
{
    public static Option<string[]> Create(string more = "") =>
        new("--role")
        {
            Description =
                "A role: viewer, submitter, operator or admin, optionally limited to queues: submitter=eu,us. Repeat "
                + $"the option for several roles.{more}",
            HelpName = "ROLE",
            DefaultValueFactory = _ => [],
        };
}
