using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Commands;

/// <summary>
/// <c>headrace login</c> and <c>headrace logout</c>: log in to a server with a password, and keep the tokens for the
/// other commands and the programs of the same user.
/// </summary>
internal static class LoginCommand
{
    private static readonly Argument<string> User = new("USER") { Description = "The name of the user." };

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand(
            "login",
            "Log in to a server. The password is read from the terminal or standard input."
        )
        {
            Examples =
            [
                (
                    "headrace login jan --server https://jobs.example.com",
                    "Asks for the password. Commands for this server then run as the user jan until you run "
                        + "`headrace logout`."
                ),
            ],
        };
        cliCommand.Add(User);
        cliCommand.SetAction(LogInAsync);
        return cliCommand;
    }

    public static CliCommand CreateLogout()
    {
        var cliCommand = new CliCommand("logout", "Log out of a server.")
        {
            Examples = [("headrace logout", "Later commands use the key in HEADRACE_KEY or the local admin key.")],
        };
        cliCommand.SetAction(LogOutAsync);
        return cliCommand;
    }

    private static async Task<int> LogInAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var endpoint = EndpointOf(client);
        var user = context.Value(User);
        var password = PasswordInput.Read(context, $"Password for {user} at {client.Server}: ", isNew: false);
        var reply = await client.Accounts.LogInAsync(
            new LoginRequest { User = user, Password = password },
            cancellationToken
        );
        // Ends the previous login now. Its tokens are overwritten below, so this cannot be done later.
        if (StoredLogin.Read(endpoint) is { } former)
            await EndAsync(client, former, cancellationToken);
        new StoredLogin(
            client.Server,
            reply.User,
            reply.Token,
            reply.Expires,
            reply.RefreshToken,
            reply.RefreshExpires
        ).Write(endpoint);
        if (context.Json)
            context.Terminal.WriteLine(
                Format.Json(new LoginLine(client.Server, reply.User, reply.RefreshExpires), CliJson.Default.LoginLine)
            );
        else
            context.WriteNote(
                $"Logged in to {client.Server} as {reply.User}. The login expires if it is not used before "
                    + $"{Format.Time(reply.RefreshExpires)}."
            );
        return ExitCode.Done;
    }

    private static async Task<int> LogOutAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var endpoint = EndpointOf(client);
        if (StoredLogin.Read(endpoint) is not { } login)
        {
            context.WriteNote($"You are not logged in to {client.Server}.");
            return ExitCode.Done;
        }
        await EndAsync(client, login, cancellationToken);
        StoredLogin.Delete(endpoint);
        context.WriteNote($"Logged {login.User} out of {client.Server}.");
        return ExitCode.Done;
    }

    private static Task EndAsync(HeadraceClient client, StoredLogin login, CancellationToken cancellationToken) =>
        client.Accounts.LogOutAsync(new RefreshRequest { RefreshToken = login.RefreshToken }, cancellationToken);

    private static ServerEndpoint EndpointOf(HeadraceClient client) =>
        ServerEndpoint.TryParse(client.Server, out var endpoint)
            ? endpoint
            : throw new ArgumentException($"The server address '{client.Server}' is not valid.");
}
