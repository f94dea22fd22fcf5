using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace keys</c>: creates, lists, rotates and revokes API keys.</summary>
internal static class KeysCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The name of the key." };
    private static readonly Option<string[]> Role = RoleOption.Create(
        " The role 'worker' is for workers on other machines."
    );
    private static readonly Option<string?> User = new("--user")
    {
        Description = "The user on whose behalf the key acts. Jobs submitted with the key belong to that user.",
        HelpName = "NAME",
    };
    private static readonly Option<string?> Pool = new("--pool")
    {
        Description = "With --role worker: the only pool that the worker may belong to.",
        HelpName = "NAME",
    };
    private static readonly Option<TimeSpan?> ExpiresAfter = Options.Duration(
        "--expires-after",
        "How long the key is valid, for example 90d. [default: until it is revoked]"
    );
    private static readonly Option<TimeSpan?> Grace = Options.Duration(
        "--grace",
        "How long the old key remains valid, for example 1h. [default: it becomes invalid at once]"
    );

    public static Command Create() =>
        new("keys", "Create, list, rotate and revoke API keys.") { CreateKey(), List(), Rotate(), Revoke() };

    private static CliCommand CreateKey()
    {
        var cliCommand = new CliCommand("create", "Create an API key and print it. It cannot be printed again.")
        {
            Examples =
            [
                (
                    "headrace keys create nightly --role submitter=eu --expires-after 90d",
                    "Prints a key that can submit jobs to the queue eu, and read and cancel those jobs. It expires "
                        + "after 90 days."
                ),
                (
                    "headrace keys create machine2 --role worker --pool gpu",
                    "Prints a key for workers in the pool gpu that run on another machine."
                ),
            ],
        };
        cliCommand.Add(Name);
        foreach (var option in new Option[] { Role, User, Pool, ExpiresAfter })
            cliCommand.Add(option);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                Show(
                    context,
                    await client.Accounts.CreateKeyAsync(
                        new CreateKeyRequest
                        {
                            Name = context.Value(Name),
                            Roles = context.Value(Role),
                            User = context.Value(User),
                            Pool = context.Value(Pool),
                            Expires = TimeProvider.System.GetUtcNow() + context.Value(ExpiresAfter),
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
        var cliCommand = new CliCommand("list", "List the API keys with their roles and the time of their last use.")
        {
            Examples = [("headrace keys list", "Prints a line for each key, without its secret.")],
        };
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var keys = await client.Accounts.ListKeysAsync(cancellationToken);
                if (context.Json)
                    foreach (var key in keys)
                        context.Terminal.WriteLine(Format.Json(key, HeadraceJson.Default.KeyReply));
                else
                    context.Terminal.WriteTable(
                        ["KEY", "ROLES", "USER", "POOL", "CREATED", "EXPIRES", "LAST USED"],
                        keys.Select(Row)
                    );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Rotate()
    {
        var cliCommand = new CliCommand("rotate", "Replace an API key with a new one, and print the new key.")
        {
            Examples =
            [
                (
                    "headrace keys rotate nightly --grace 1h",
                    "Prints a new key with the same roles. The old key remains valid for an hour."
                ),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.Add(Grace);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                Show(
                    context,
                    await client.Accounts.RotateKeyAsync(
                        context.Value(Name),
                        new RotateKeyRequest
                        {
                            Grace = context.Value(Grace) is { } grace ? DurationText.ToText(grace) : null,
                        },
                        cancellationToken
                    )
                );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Revoke()
    {
        var cliCommand = new CliCommand("revoke", "Revoke an API key. The server rejects it immediately.")
        {
            Examples = [("headrace keys revoke nightly", "Requests with this key are rejected from now on.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var key = await client.Accounts.RevokeKeyAsync(context.Value(Name), cancellationToken);
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(key, HeadraceJson.Default.KeyReply));
                else
                    context.WriteNote($"The key '{key.Name}' has been revoked.");
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    /// <summary>
    /// Writes only the key to standard output, so that a script can store it: <c>KEY=$(headrace keys create …)</c>.
    /// </summary>
    private static void Show(CommandContext context, KeyReply key)
    {
        if (context.Json)
        {
            context.Terminal.WriteLine(Format.Json(key, HeadraceJson.Default.KeyReply));
            return;
        }
        context.Terminal.WriteLine(
            key.Key
                ?? throw new InvalidDataException($"The reply for the key '{key.Name}' does not contain its secret.")
        );
        context.WriteNote("Store the key now, because it cannot be printed again. Clients read it from HEADRACE_KEY.");
    }

    private static IReadOnlyList<string> Row(KeyReply key) =>
        [
            key.Name,
            string.Join(' ', key.Roles),
            key.User ?? "-",
            key.Pool ?? "-",
            Format.Time(key.Created),
            Format.Time(key.Expires),
            Format.Time(key.LastUsed),
        ];
}
