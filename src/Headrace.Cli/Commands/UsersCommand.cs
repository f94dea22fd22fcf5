using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace users</c>: manages users, their roles, limits and passwords.</summary>
internal static class UsersCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The name of the user." };
    private static readonly Option<string[]> Role = RoleOption.Create();
    private static readonly Option<long?> MaxJobs = new("--max-jobs")
    {
        Description = "The maximum number of unfinished jobs; 0 for no limit.",
        HelpName = "N",
    };
    private static readonly Option<long?> MaxBytes = new("--max-bytes")
    {
        Description = "The maximum size of the bodies and params of the unfinished jobs; 0 for no limit.",
        HelpName = "N",
    };
    private static readonly Option<bool> Current = new("--current")
    {
        Description = "Read the current password first; on standard input, it is the first line.",
    };

    private static readonly Option<bool> Disable = new("--disable")
    {
        Description = "Reject the user's logins, tokens and keys.",
    };
    private static readonly Option<bool> Enable = new("--enable") { Description = "Undo --disable." };

    public static Command Create() =>
        new("users", "Manage users, their roles, limits and passwords.") { Add(), List(), Set(), Remove(), Password() };

    private static CliCommand Add()
    {
        var cliCommand = new CliCommand("add", "Add a user. The password is read from the terminal or standard input.")
        {
            Examples =
            [
                (
                    "headrace users add jan --role submitter=eu --max-jobs 1000",
                    "Asks for a password. The user may submit jobs to the queue eu, and may read and cancel these jobs."
                ),
            ],
        };
        cliCommand.Add(Name);
        foreach (var option in new Option[] { Role, MaxJobs, MaxBytes })
            cliCommand.Add(option);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var name = context.Value(Name);
                var password = PasswordInput.Read(context, $"Password for {name}: ", isNew: true);
                using var client = context.Connect();
                Show(
                    context,
                    await client.Accounts.CreateUserAsync(
                        new CreateUserRequest
                        {
                            Name = name,
                            Password = password,
                            Roles = context.Value(Role),
                            MaxJobs = NullIfZero(context.Value(MaxJobs)),
                            MaxBytes = NullIfZero(context.Value(MaxBytes)),
                        },
                        cancellationToken
                    )
                );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List the users with their roles and limits.")
        {
            Examples = [("headrace users list", "Prints a line for each user.")],
        };
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var users = await client.Accounts.ListUsersAsync(cancellationToken);
                if (context.Json)
                    foreach (var user in users)
                        context.Terminal.WriteLine(Format.Json(user, HeadraceJson.Default.UserReply));
                else
                    WriteTable(context, users);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Set()
    {
        var cliCommand = new CliCommand("set", "Change a user's roles or limits, or disable the user.")
        {
            Examples =
            [
                (
                    "headrace users set jan --role viewer --role submitter=eu,us",
                    "Replaces all of the user's roles. The new roles apply from the user's next request."
                ),
                ("headrace users set jan --disable", "The user's logins, tokens and keys stop working immediately."),
            ],
        };
        cliCommand.Add(Name);
        foreach (var option in new Option[] { Role, MaxJobs, MaxBytes, Disable, Enable })
            cliCommand.Add(option);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                if (context.Value(Disable) && context.Value(Enable))
                    throw new UsageException("--disable and --enable are mutually exclusive. Use one of them.");
                using var client = context.Connect();
                Show(
                    context,
                    await client.Accounts.ChangeUserAsync(
                        context.Value(Name),
                        new ChangeUserRequest
                        {
                            Roles = context.Value(Role) is { Length: > 0 } roles ? roles : null,
                            MaxJobs = context.Value(MaxJobs),
                            MaxBytes = context.Value(MaxBytes),
                            Disabled =
                                context.Value(Disable) ? true
                                : context.Value(Enable) ? false
                                : null,
                        },
                        cancellationToken
                    )
                );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Remove()
    {
        var cliCommand = new CliCommand(
            "remove",
            "Remove a user, and invalidate all of the user's logins and keys. The user's jobs remain."
        )
        {
            Examples = [("headrace users remove jan", "The user's logins and keys are rejected from now on.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var user = await client.Accounts.RemoveUserAsync(context.Value(Name), cancellationToken);
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(user, HeadraceJson.Default.UserReply));
                else
                    context.WriteNote($"The user '{user.Name}' has been removed.");
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Password()
    {
        var cliCommand = new CliCommand(
            "password",
            "Change a password and end all of the user's logins. Users without the admin role can change their own, "
                + "with --current."
        )
        {
            Examples =
            [
                ("headrace users password jan", "As an admin: asks for the new password."),
                ("headrace users password jan --current", "As jan: asks for the current and the new password."),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.Add(Current);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var name = context.Value(Name);
                var current = context.Value(Current)
                    ? PasswordInput.Read(context, $"Current password of {name}: ", isNew: false)
                    : null;
                var password = PasswordInput.Read(context, $"New password for {name}: ", isNew: true);
                using var client = context.Connect();
                await client.Accounts.ChangePasswordAsync(
                    name,
                    new ChangePasswordRequest { Password = password, Current = current },
                    cancellationToken
                );
                context.WriteNote(
                    $"The password of '{name}' has been changed, and all of the user's logins have ended."
                );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static void Show(CommandContext context, UserReply user)
    {
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(user, HeadraceJson.Default.UserReply));
        else
            WriteTable(context, [user]);
    }

    private static void WriteTable(CommandContext context, IEnumerable<UserReply> users) =>
        context.Terminal.WriteTable(
            ["USER", "ROLES", "MAX JOBS", "MAX BYTES", "STATE", "CREATED"],
            users.Select(user =>
                (IReadOnlyList<string>)
                    [
                        user.Name,
                        string.Join(' ', user.Roles),
                        user.MaxJobs is { } jobs ? Format.Number(jobs) : "-",
                        Format.Size(user.MaxBytes),
                        user.Disabled == true ? "disabled" : "enabled",
                        Format.Time(user.Created),
                    ]
            )
        );

    private static long? NullIfZero(long? value) => value == 0 ? null : value;
}
