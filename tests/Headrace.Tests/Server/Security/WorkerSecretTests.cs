using Headrace.Server.Security;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class WorkerSecretTests : IDisposable
{
    private readonly ThrowAwayFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_secret_is_created_once_in_a_file_that_only_its_user_can_read()
    {
        var secret = WorkerSecret.LoadOrCreate(_folder.Path);

        Assert.Matches("^hrs_[A-Za-z0-9_-]{43}$", secret);
        Assert.Equal(secret, WorkerSecret.LoadOrCreate(_folder.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["worker.key"]));
    }

    [Fact]
    public void Deleted_files_of_a_running_server_are_written_again_with_their_content()
    {
        var secrets = ServerSecrets.LoadOrCreate(_folder.Path);
        File.Delete(_folder["worker.key"]);

        Assert.Equal(["worker secret"], secrets.Restore(_folder.Path));

        Assert.Equal(secrets, ServerSecrets.LoadOrCreate(_folder.Path));
        Assert.Empty(secrets.Restore(_folder.Path));
        Assert.DoesNotContain("hr", secrets.ToString(), StringComparison.Ordinal);
    }
}
