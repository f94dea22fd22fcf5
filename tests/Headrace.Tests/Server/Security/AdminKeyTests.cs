using Headrace.Core;
using Headrace.Server.Security;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class AdminKeyTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ThrowAwayFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_start_makes_a_key_that_only_its_user_may_read()
    {
        var key = AdminKey.LoadOrCreate(_folder.Path);

        Assert.Matches("^hr_[A-Za-z0-9_-]{43}$", key);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder["admin.key"]));
    }

    [Fact]
    public void Later_starts_keep_it_and_another_folder_has_another()
    {
        using var other = new ThrowAwayFolder();

        var key = AdminKey.LoadOrCreate(_folder.Path);

        Assert.Equal(key, AdminKey.LoadOrCreate(_folder.Path));
        Assert.NotEqual(key, AdminKey.LoadOrCreate(other.Path));
    }

    [Fact]
    public void A_key_that_others_could_read_is_closed_to_them()
    {
        AdminKey.LoadOrCreate(_folder.Path);
        File.SetUnixFileMode(_folder["admin.key"], OwnerOnly | UnixFileMode.OtherRead);

        AdminKey.LoadOrCreate(_folder.Path);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder["admin.key"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("hr_short")]
    public void A_file_that_is_no_key_is_refused_with_the_remedy(string content)
    {
        File.WriteAllText(_folder["admin.key"], content);

        var refused = Assert.Throws<HeadraceException>(() => AdminKey.LoadOrCreate(_folder.Path));

        Assert.Contains(_folder["admin.key"], refused.Message);
        Assert.Contains("Delete it", refused.Message);
    }
}
