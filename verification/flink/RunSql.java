import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/** Submits the statements of a file to the cluster that a folder's config.yaml names: `java RunSql.java CONF FILE`. */
public class RunSql {
  public static void main(String[] given) throws Exception {
    Configuration conf = GlobalConfiguration.loadConfiguration(given[0]);
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.newInstance().withConfiguration(conf).build());
    for (String part : Files.readString(Path.of(given[1])).replaceAll("(?m)^--.*$", "").split(";\\s*(\\n|$)")) {
      String statement = part.strip();
      // The settings of a SET come from config.yaml: a program has no SET.
      if (!statement.isEmpty() && !statement.startsWith("SET")) tables.executeSql(statement);
    }
    System.exit(0);
  }
}
